import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Minor version of Go 1: from this one on, go fetches the version that go.mod asks for by itself. */
const oldestGo = 21;

/** What keeps a client in Go from being built here, if anything. */
export const goLacks = async (): Promise<string | undefined> => {
  const version = await promisify(execFile)('go', ['version']).catch(() => undefined);
  if (version === undefined) return 'go is needed here and is not on the path';
  const minor = Number(/go1\.(\d+)/.exec(version.stdout)?.[1]);
  return minor < oldestGo ? `go 1.${oldestGo} is needed here, and 1.${minor} is on the path` : undefined;
};
