import { v7 } from 'uuid';
import type { Ids } from '../../application/ports/ids.js';

export const uuidIds: Ids = { next: () => v7() };
