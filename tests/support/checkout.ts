import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Folder of the project; compiled, this file lies three levels below it. */
export const root = join(import.meta.dirname, '..', '..', '..');

export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Files under a folder with one of the endings, as paths from the project's folder. */
export function filesUnder(folder: string, ...endings: readonly string[]): readonly string[] {
  if (!exists(folder)) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** All pages for people, as paths from the project's folder. */
export const pages = (): readonly string[] => [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesUnder('docs', '.md'),
];

/** Rows of all tables of a Markdown page, without heads and rules; cells trimmed. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const isRow = (line: string | undefined) => line?.startsWith('|') === true;
  const isRule = (line: string | undefined) => /^\|( ?-+ ?\|)+$/.test(line ?? '');
  return lines
    .filter((line, at) => isRow(line) && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Test files that a text names, e.g. `tests/unit/domain/sale.test.ts`. */
export function testsNamedIn(text: string): readonly string[] {
  return [...text.matchAll(/\btests\/[\w./-]+?\.(?:test|contract)\.ts\b/g)].map(([path]) => path);
}
