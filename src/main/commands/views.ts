import { Command } from 'commander';
import type { Container } from 'inversify';
import { invariants, type Violation } from '../../application/invariants/invariants.js';
import type { Difference } from '../../application/views/compare.js';
import type { LeftOut } from '../../application/views/replay.js';
import { EventStoreLocked } from '../../infrastructure/event-store/embedded/refusals.js';
import type { View } from '../../projections/projection.js';
import { adapters } from '../adapters.js';
import { views } from '../catalogue.js';
import { createContainer } from '../container.js';
import { exitCodes, NotFound } from '../exit-codes.js';
import { readSettings, type Settings } from '../settings.js';
import { keepHeapSmall } from '../small-heap.js';
import { openStorage } from '../storage.js';
import { tokens } from '../tokens.js';
import { type Verified, verifyInvariants, verifyViews } from '../verification.js';

interface ForMachines {
  readonly json?: boolean;
}

/** `boxoffice views`: the read models and whether they say what the events say. */
export const viewsCommand = (): Command =>
  new Command('views')
    .description('lists, rebuilds and checks the views')
    .addCommand(listCommand())
    .addCommand(rebuildCommand())
    .addCommand(verifyCommand());

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printJson = (value: unknown): void => print(JSON.stringify(value));

/** The view of that name, or all. @throws NotFound */
const chosen = (name: string | undefined): readonly View[] => {
  if (name === undefined) return views;
  const found = views.filter((view) => view.name === name);
  if (found.length === 0) throw new NotFound(`there is no view ${name}`);
  return found;
};

const listCommand = (): Command =>
  new Command('list')
    .description('lists the views: version of this build, live version, checkpoint, documents')
    .option('--json', 'machine-readable, on one line')
    .action(async ({ json }: ForMachines) => {
      await using storage = openStorage(readSettings(process.env), new Set());
      const store = await storage.views();
      const found = [];
      for (const view of views) {
        const { name, version } = view;
        const live = await store.live(view);
        const [checkpoint] = live?.checkpoints ?? [];
        const documents = live === undefined ? {} : { documents: await store.count(view) };
        found.push({ name, version, liveVersion: live?.version, checkpoint, ...documents });
      }
      if (json === true) printJson(found);
      else {
        for (const { name, version, liveVersion, checkpoint, documents } of found) {
          const live = liveVersion === undefined ? 'not built yet' : `live ${liveVersion}`;
          print(
            `${name}  version ${version}, ${live}, at ${checkpoint ?? 'the beginning'}, ${documents ?? 0} documents`,
          );
        }
      }
    });

const rebuildCommand = (): Command =>
  new Command('rebuild')
    .description('rebuilds a view from the events; no server may run on the folder')
    .argument('[name]')
    .option('--all', 'every view')
    .option('--json', 'machine-readable, one view a line')
    .action(async (name: string | undefined, { all, json }: ForMachines & { all?: boolean }) => {
      if ((name === undefined) === (all === undefined)) throw new Error('name one view, or give --all');
      keepHeapSmall();
      const names = new Set(chosen(name).map((view) => view.name));
      await withOnlyHolder(readSettings(process.env), async (container) => {
        for (const projector of await container.getAsync(tokens.projectors)) {
          if (!names.has(projector.view.name)) continue;
          const { upTo, leftOut } = await projector.rebuild();
          const view = projector.view.name;
          if (json === true) printJson({ view, upTo, leftOut: leftOut.map(leftOutShown) });
          else print([`${view}  rebuilt up to ${upTo}`, ...leftOut.map(leftOutLine)].join('\n'));
        }
      }).catch((cause: unknown) => {
        throw cause instanceof EventStoreLocked ? new Error(`${cause.message}: stop it first`) : cause;
      });
    });

/**
 * Works on the data folder as its only holder.
 * @throws EventStoreLocked while a server runs on it; Error when it holds no events
 */
const withOnlyHolder = async (settings: Settings, work: (container: Container) => Promise<void>): Promise<void> => {
  await using reading = openStorage(settings, new Set());
  await reading.eventStore();
  const container = createContainer(settings, new Set(['worker', 'projector']), adapters);
  await using storage = await container.getAsync(tokens.storage);
  await storage.eventStore();
  await work(container);
};

interface Verify extends ForMachines {
  readonly quiescent?: boolean;
}

const verifyCommand = (): Command =>
  new Command('verify')
    .description('compares the views with the events, and checks the invariants')
    .argument('[name]', 'one view and no invariants; all if not given')
    .option('--quiescent', 'nothing is in progress: also checks what holds only then')
    .option('--json', 'machine-readable, one view a line, and last the invariants that are broken')
    .action(async (name: string | undefined, { json = false, quiescent = false }: Verify) => {
      keepHeapSmall();
      const settings = readSettings(process.env);
      for await (const verified of verifyViews(settings, chosen(name))) tellView(verified, json);
      if (name === undefined) tellInvariants(await verifyInvariants(settings, { isQuiescent: quiescent }), json);
    });

const tellView = ({ view, documents, differences, leftOut }: Verified, isForMachines: boolean): void => {
  if (differences.length > 0) process.exitCode = exitCodes.differs;
  if (isForMachines) {
    printJson({ view, documents, differences, leftOut: leftOut.map(leftOutShown) });
    return;
  }
  const found = differences.length === 0 ? 'as the events say' : `${differences.length} differ`;
  print(`${view}  ${documents} documents, ${found}`);
  for (const line of [...differences.map(differenceLine), ...leftOut.map(leftOutLine)]) print(line);
};

const tellInvariants = (broken: readonly Violation[], isForMachines: boolean): void => {
  if (broken.length > 0) process.exitCode = exitCodes.differs;
  if (isForMachines) {
    printJson({ invariants: Object.keys(invariants), broken });
    return;
  }
  print(broken.length === 0 ? 'invariants  all hold' : `invariants  ${broken.length} findings`);
  for (const { invariant, subject, detail } of broken) {
    print(`  ${invariant} (${invariants[invariant]}): ${subject}: ${detail}`);
  }
};

const differenceLine = ({ collection, id, problem, fields }: Difference): string =>
  `  ${collection}/${id} is ${problem}${fields === undefined ? '' : ` in ${fields.join(', ')}`}`;

const leftOutShown = ({ event, reason }: LeftOut) => ({ ...event, revision: String(event.revision), reason });

const leftOutLine = ({ event, reason }: LeftOut): string =>
  `  left out ${event.type} at ${event.stream}@${event.revision} and the later events of that stream: ${reason}`;
