import { expect } from 'chai';
import type { Command } from 'commander';
import { describe, it } from 'mocha';
import { program } from '../../../src/main/program.js';
import { pages, read } from '../../support/checkout.js';

/** Commands that do something, by their words: `views verify`. */
const commandsIn = (command: Command, words: readonly string[] = []): ReadonlyMap<string, Command> =>
  command.commands.length === 0
    ? new Map([[words.join(' '), command]])
    : new Map(command.commands.flatMap((one) => [...commandsIn(one, [...words, one.name()])]));

const optionsOf = (command: Command): readonly string[] => command.options.flatMap(({ long }) => long ?? []);

/** Code of a page: in a line, or a line of shell. */
const codeIn = (page: string): readonly string[] => {
  const text = read(page);
  const shell = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, lines = '']) => lines.split('\n'));
  return [...shell, ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)];
};

/** What a page has somebody type behind `boxoffice`. */
const callsIn = (page: string): readonly (readonly string[])[] =>
  codeIn(page).flatMap((code) => {
    const [, call = ''] = /(?:^|\s)boxoffice ([a-z-][^#&]*)/.exec(code) ?? [];
    return call === '' ? [] : [call.trim().split(/\s+/)];
  });

/** What of a call the command line doesn't know. */
const unknownIn = (words: readonly string[], command: Command = program): readonly string[] => {
  const [word = '', ...rest] = words;
  if (command.commands.length > 0 && /^[a-z]/.test(word) && word !== 'help') {
    const named = word.split('|').map((name) => command.commands.find((one) => one.name() === name));
    return named.flatMap((one) => (one === undefined ? [word] : unknownIn(rest, one)));
  }
  const known = [...optionsOf(command), '--help', '--version'];
  return words.filter((one) => one.startsWith('--') && !known.includes(one));
};

describe('commands', () => {
  for (const page of pages().filter((page) => callsIn(page).length > 0)) {
    it(`${page} calls commands and options that there are`, () => {
      const unknown = callsIn(page).filter((words) => unknownIn(words).length > 0);
      expect(unknown.map((words) => words.join(' '))).to.deep.equal([]);
    });
  }

  for (const [words, command] of commandsIn(program)) {
    it(`docs/cli.md has ${words} with all its options`, () => {
      const [group, name] = words.split(' ');
      const told = codeIn('docs/cli.md').filter((code) => {
        const [first, second = ''] = code.split(' ');
        return first === group && (name === undefined || second.split('|').includes(name));
      });
      expect(told).not.to.deep.equal([]);
      expect(optionsOf(command).filter((option) => !told.some((code) => code.includes(option)))).to.deep.equal([]);
    });
  }
});
