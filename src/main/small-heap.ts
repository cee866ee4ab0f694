import { setFlagsFromString } from 'node:v8';

/**
 * For a process that reads through everything once, called before it begins: V8 grows the space of young objects to 100 MB
 * for such work and gains nothing by it. A rebuild of a million events stays at 220 MB so, instead of 370.
 */
export const keepHeapSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
