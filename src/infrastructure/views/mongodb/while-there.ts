import { ViewsUnavailable } from '../../../application/ports/views.js';
import { naming } from '../../mongodb/mongo-errors.js';

export const whileThere = naming(ViewsUnavailable, 'the views are away');
