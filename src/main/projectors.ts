import type { EventCatalogue } from '../application/event-catalogue.js';
import { partitionOf } from '../application/partition.js';
import { Projector, type ProjectorParts } from '../application/views/projector.js';
import { projections } from './catalogue.js';

/** Partitions of the embedded feed. */
export const partitions = 1;

/** One for each view of the platform. */
export const createProjectors = (
  parts: Omit<ProjectorParts, 'partitions' | 'partitionOf'> & { readonly catalogue: EventCatalogue },
): readonly Projector[] =>
  projections.map((projection) => new Projector(projection, { ...parts, partitions, partitionOf }));
