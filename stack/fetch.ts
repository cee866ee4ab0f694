import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folder of the project; compiled files of this one lie two levels below it. */
const root = join(import.meta.dirname, '..', '..');
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

export type ServerName = 'kafka' | 'mongodb-wire';

/** Where servers are kept that were fetched once, for all checkouts of a user. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'boxoffice', 'servers');

const packages = { java: 'openjdk-17-jre-headless', javac: 'openjdk-17-jdk-headless', mvn: 'maven' };

const pomOf = (name: ServerName): string => join(root, 'stack', 'poms', `${name}.xml`);

/** Sources of ours that are compiled against the server's jars. */
const launchersOf = (name: ServerName): readonly string[] =>
  name === 'mongodb-wire' ? [join(root, 'stack', 'java', 'MongoWire.java')] : [];

/** A server's folder, whether it is there or not. */
const folderOf = (name: ServerName): string => {
  const digest = createHash('sha256');
  for (const file of [pomOf(name), ...launchersOf(name)]) digest.update(readFileSync(file));
  return join(cacheFolder(), `${name}-${digest.digest('hex').slice(0, 16)}`);
};

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

/** What keeps a server from being started here, if anything, and the Debian package to install. */
export const serverLacks = (name: ServerName): string | undefined => {
  const programs: (keyof typeof packages)[] = existsSync(folderOf(name)) ? ['java'] : ['java', 'javac', 'mvn'];
  const missing = programs.find((program) => !isOnPath(program));
  return missing && `there is no ${missing}: install the Debian package ${packages[missing]}`;
};

const runProgram = async (program: string, args: readonly string[]): Promise<void> => {
  try {
    await run(program, args, { maxBuffer: 16 * 1_048_576 });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const said = 'stdout' in cause ? String(cause.stdout) : '';
    throw new Error(`${program} failed: ${cause.message}\n${said.slice(-2_000)}`, { cause });
  }
};

const checksumsOf = async (folder: string): Promise<string> => {
  const lines: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const digest = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    lines.push(`${digest}  ${name}\n`);
  }
  return lines.join('');
};

/** @throws Error naming the first file that isn't the one whose checksum the project keeps */
const check = async (name: ServerName, jars: string): Promise<void> => {
  const expected = (await readFile(join(root, 'stack', 'checksums', `${name}.txt`), 'utf8')).split('\n');
  const found = (await checksumsOf(jars)).split('\n');
  const wrong = found.find((line) => !expected.includes(line)) ?? expected.find((line) => !found.includes(line));
  if (wrong !== undefined) throw new Error(`${name}: not the files that the project knows: ${wrong}`);
};

const sizeMb = async (folder: string): Promise<number> => {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1_048_576);
};

/**
 * Folder of a server's classes: `jars/*`, and `classes` where it has a launcher of ours. Fetched when it is first asked for,
 * checked against the checksums of the project, and kept. Two processes that fetch it at once do so side by side.
 * @param say is told before something that takes long
 * @throws Error naming a program that isn't there, or a file that isn't the one expected
 */
export const serverFolder = async (
  name: ServerName,
  say: (line: string) => void = () => undefined,
): Promise<string> => {
  const lack = serverLacks(name);
  if (lack !== undefined) throw new Error(lack);
  const folder = folderOf(name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomUUID()}`;
  const jars = join(draft, 'jars');
  await mkdir(jars, { recursive: true });
  try {
    say(`fetching ${name}, once`);
    await runProgram('mvn', [
      '-B',
      '-q',
      '-f',
      pomOf(name),
      copyDependencies,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${jars}`,
    ]);
    await check(name, jars);
    for (const launcher of launchersOf(name)) {
      await runProgram('javac', ['-proc:none', '-cp', join(jars, '*'), '-d', join(draft, 'classes'), launcher]);
    }
    say(`${name}: ${await sizeMb(jars)} MB in ${folder}`);
    await rename(draft, folder).catch((cause: unknown) => {
      if (!existsSync(folder)) throw cause;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
};

/** The class path of a server's folder. */
export const classPathOf = (folder: string): string => [join(folder, 'classes'), join(folder, 'jars', '*')].join(':');
