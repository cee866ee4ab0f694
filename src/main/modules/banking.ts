import { ContainerModule } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { BankKey } from '../../application/banking/bank-key.js';
import { BankProcesses } from '../../application/banking/bank-processes.js';
import { CardPayments } from '../../application/banking/card-payments.js';
import { CardIssuing } from '../../application/banking/issue-card.js';
import { CommandHandler } from '../../application/command-handler.js';
import { DueProcesses } from '../../application/processes/due-processes.js';
import { bankMetrics } from '../../infrastructure/observability/work-metrics.js';
import { serveBank } from '../../infrastructure/payments/grpc/bank-server.js';
import type { Adapters } from '../adapters.js';
import { forSetting } from '../for-setting.js';
import type { Role } from '../roles.js';
import type { Settings } from '../settings.js';
import { tokens as t } from '../tokens.js';

/** The bank, and the way to it for those who take payments. */
export const bankingModule = (
  { bankAddress, bankPort, bankDeadlineMs }: Settings,
  roles: ReadonlySet<Role>,
  { connectBank }: Pick<Adapters, 'connectBank'>,
): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(BankKey).toResolvedValue((keys) => new BankKey(keys('bank')), [t.keys]);
    bind(BankProcesses).toResolvedValue(
      (handler, clock, ids) => new BankProcesses(handler, clock, ids),
      [CommandHandler, t.clock, t.ids],
    );
    bind(CardPayments).toResolvedValue(
      (handler, key, clock, ids, processes) => new CardPayments(handler, key, clock, ids, processes),
      [CommandHandler, BankKey, t.clock, t.ids, BankProcesses],
    );
    bind(CardIssuing).toResolvedValue(
      (handler, key, clock) => new CardIssuing(handler, key, clock),
      [CommandHandler, BankKey, t.clock],
    );
    bind(t.bankProcesses).toResolvedValue(
      (views, { payments, reservations }, clock, log) => {
        const onFault = (what: string, err: unknown): void => log.error({ what, err }, 'a step of a process failed');
        return new DueProcesses({ views, runners: [payments, reservations], clock, onFault });
      },
      [t.views, BankProcesses, t.clock, t.log],
    );
    bind(t.bankServer).toResolvedValue(
      (payments, log) =>
        forSetting('BOXOFFICE_BANK_PORT', () =>
          serveBank(payments, {
            host: '127.0.0.1',
            port: bankPort,
            onCall: (method, transactionId, outcome) => log.debug({ method, transactionId, outcome }, 'bank'),
            onFault: (method, err) => log.error({ method, err }, 'a call to the bank failed'),
          }),
        ),
      [CardPayments, t.log],
    );
    const connect = (address: string, log: Logger, registry: Registry) =>
      connectBank({
        address,
        deadlineMs: bankDeadlineMs,
        onCalled: bankMetrics(registry),
        onUnanswered: (method, err) => log.warn({ method, err }, 'the bank gave no answer'),
      });
    if (bankAddress !== undefined)
      bind(t.bank).toResolvedValue((log, registry) => connect(bankAddress, log, registry), [t.log, t.registry]);
    else if (roles.has('bank')) {
      const connectOwn = (log: Logger, registry: Registry, { port }: { readonly port: number }) =>
        connect(`127.0.0.1:${port}`, log, registry);
      bind(t.bank).toResolvedValue(connectOwn, [t.log, t.registry, t.bankServer]);
    }
  });
