import { sale } from '../../domain/ticketing/sale.js';
import type { SaleCommand } from '../../domain/ticketing/sale-commands.js';
import type { SaleEffect } from '../../domain/ticketing/sale-schedule.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Perform } from '../processes/process-runner.js';

const types = { open: 'Open', close: 'Close', 'lapse holds': 'LapseDue' } as const satisfies Readonly<
  Record<SaleEffect['do'], SaleCommand['type']>
>;

/** The effects of a sale's schedule: commands that the sale decides on. */
export const saleEffects =
  (commandHandler: CommandHandler, clock: Clock, ids: Ids): Perform<SaleEffect> =>
  async (effect, { cause }) => {
    const command: SaleCommand = { type: types[effect.do], isScheduled: true, now: clock.now() };
    await commandHandler.handle(sale, effect.saleId, command, { ...cause, commandId: ids.next() });
    return undefined;
  };
