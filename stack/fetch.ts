import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folder of the project; compiled files of this one lie two levels below it. */
const root = join(import.meta.dirname, '..', '..');
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

export type ServerName = 'kafka' | 'mongodb-wire';

/** Where servers are kept that were fetched once, for all checkouts of a user. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'boxoffice', 'servers');

const packages = { java: 'openjdk-17-jre-headless', javac: 'openjdk-17-jdk-headless', mvn: 'maven' };

/** @throws Error naming the Debian package of a program that isn't there */
const runProgram = async (program: keyof typeof packages, args: readonly string[]): Promise<void> => {
  try {
    await run(program, args, { maxBuffer: 16 * 1_048_576 });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if ('code' in cause && cause.code === 'ENOENT') {
      throw new Error(`there is no ${program}: install the Debian package ${packages[program]}`, { cause });
    }
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
  const pom = join(root, 'stack', 'poms', `${name}.xml`);
  const launchers = name === 'mongodb-wire' ? [join(root, 'stack', 'java', 'MongoWire.java')] : [];
  const digest = createHash('sha256');
  for (const file of [pom, ...launchers]) digest.update(await readFile(file));
  const folder = join(cacheFolder(), `${name}-${digest.digest('hex').slice(0, 16)}`);
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
      pom,
      copyDependencies,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${jars}`,
    ]);
    await check(name, jars);
    for (const launcher of launchers) {
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
