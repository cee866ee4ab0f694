import type { AnswerStore } from '../../src/application/ports/answers.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';

/** Kept answers as one process reaches them. Which keys are running is known to this process only. */
export const simulatedAnswers = (host: Host, { answers }: Durable): AnswerStore => {
  const { chance, weather } = host.around;
  const running = new Map<string, string>();
  return {
    begin: (key, request) =>
      host.call('answers: begin', () => {
        const known = running.get(key);
        if (known !== undefined) return { kind: known === request ? 'running' : 'other-request' };
        const kept = answers.get(key);
        if (kept === undefined) {
          running.set(key, request);
          return { kind: 'new' };
        }
        return kept.request === request ? { kind: 'done', answer: kept.answer } : { kind: 'other-request' };
      }),
    finish: (key, request, answer) => {
      const isLost = chance.happens(weather.answerLost);
      return host.call('answers: finish', () => {
        running.delete(key);
        if (isLost) throw new Error('the answer was not kept');
        answers.set(key, { request, answer });
      });
    },
    abandon: async (key) => {
      running.delete(key);
    },
    close: async () => undefined,
  };
};
