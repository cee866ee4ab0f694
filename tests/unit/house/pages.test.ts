import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exists, filesUnder, pages, read, testsNamedIn } from '../../support/checkout.js';

/** What GitHub makes of a heading, for links to it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

const linksIn = (page: string): readonly string[] =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^\w+:/.test(link));

const leadsSomewhere = (page: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  return exists(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
};

describe('pages', () => {
  const { scripts } = JSON.parse(read('package.json'));

  for (const page of pages()) {
    it(`${page} has links that lead somewhere, and names tests and scripts that exist`, () => {
      const deadLinks = linksIn(page).filter((link) => !leadsSomewhere(page, link));
      expect(deadLinks).to.deep.equal([]);
      if (page === 'CHANGELOG.md') return;
      expect(testsNamedIn(read(page)).filter((path) => !exists(path))).to.deep.equal([]);
      const named = [...read(page).matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w-]+)/g)].map(
        ([, name = '']) => name,
      );
      expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
    });
  }
});

/** What people read: pages, and all text that the program may print. */
const textForPeople = (file: string): string => {
  if (file.endsWith('.md')) return read(file);
  const lines = read(file).split('\n');
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n');
  return (code.match(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g) ?? []).join('\n');
};

describe('words for people', () => {
  it('are plain English', () => {
    const stilted =
      /\b(the own|own one|as it must be|told this|anew|amid|till|is away|can not|good no more|as it stands)\b/gi;
    // Decisions are records: they stay as they were written.
    const files = [...pages(), ...filesUnder('src', '.ts')].filter((file) => !file.startsWith('docs/adr/'));
    const found = files.flatMap((file) =>
      (textForPeople(file).match(stilted) ?? []).map((words) => `${file}: ${words}`),
    );
    expect(found).to.deep.equal([]);
  });
});
