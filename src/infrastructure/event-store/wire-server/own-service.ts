/** Named beside EventStoreDB's services, so that whoever asks can tell this server from the real one. */
export const ownService = 'boxoffice.event_store';
