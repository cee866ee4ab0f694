import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { NewEvent } from '../../../application/ports/event-store.js';
import { maximumAppendSizeExceeded, requiredMetadataMissing } from './refusals.js';
import { toStored } from './stored-bytes.js';
import { uuidOf } from './wire-messages.js';

/** As `Append` and `BatchAppend` have it. */
export interface ProposedMessage {
  getId(): UUID | undefined;
  getMetadataMap(): { get(name: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

/** The events of one append, gathered as they come, up to a number of bytes. */
export class ProposedEvents {
  readonly events: NewEvent[] = [];
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** @throws Refusal */
  add(message: ProposedMessage): void {
    const type = message.getMetadataMap().get('type');
    if (type === undefined) throw requiredMetadataMissing('type');
    const contentType = message.getMetadataMap().get('content-type');
    if (contentType === undefined) throw requiredMetadataMissing('content-type');
    const [data, metadata] = [message.getData_asU8(), message.getCustomMetadata_asU8()];
    // As EventStoreDB counts: a character of the type takes two bytes.
    this.#bytes += data.length + metadata.length + type.length * 2;
    if (this.#bytes > this.maxBytes) throw maximumAppendSizeExceeded(this.maxBytes);
    const isJson = contentType === 'application/json';
    this.events.push({ id: uuidOf(message.getId()), type, ...toStored({ isJson, data, metadata }) });
  }
}
