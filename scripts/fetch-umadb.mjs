// Builds UmaDB, a peer of the benchmark durable-append, from crates.io into the user's cache folder, once. It takes some
// minutes, and needs Rust and the compiler of Protocol Buffers (Debian: protobuf-compiler).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '0.7.8';
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const folder = join(cache, 'boxoffice', `umadb-${version}`);
const program = join(folder, 'bin', 'umadb');

if (!existsSync(program)) {
  const missing = ['cargo', 'protoc'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0) {
    console.error(`UmaDB can't be built: ${missing.join(' and ')} missing`);
    process.exit(1);
  }
  console.error(`Building UmaDB ${version} into ${folder}.`);
  const env = { CARGO_BUILD_JOBS: '1', ...process.env };
  const args = ['install', 'umadb', '--version', version, '--locked', '--quiet', '--root', folder];
  const { status } = spawnSync('cargo', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
console.log(program);
