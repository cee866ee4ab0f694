/** Another process holds the folder. */
export class EventStoreLocked extends Error {
  override readonly name = 'EventStoreLocked';
  constructor(
    readonly folder: string,
    readonly holder: string,
  ) {
    super(`${folder} is in use by process ${holder}`);
  }
}

/** The file is not what was written: restore it from a backup. */
export class EventStoreDamaged extends Error {
  override readonly name = 'EventStoreDamaged';
  constructor(
    readonly file: string,
    readonly found: string,
  ) {
    super(`${file} is damaged: ${found}`);
  }

  static at(file: string, position: unknown): EventStoreDamaged {
    return new EventStoreDamaged(file, `the event at position ${position} is not what was written there`);
  }
}

/** A newer build wrote the file. */
export class EventStoreTooNew extends Error {
  override readonly name = 'EventStoreTooNew';
  constructor(
    readonly file: string,
    readonly version: number,
    readonly known: number,
  ) {
    super(`${file} has schema version ${version}, this build knows up to ${known}`);
  }
}

/** Only read, so not brought up to date: the process that writes must have opened the file with the same build. */
export class EventStoreOfOtherBuild extends Error {
  override readonly name = 'EventStoreOfOtherBuild';
  constructor(
    readonly file: string,
    readonly version: number,
    readonly known: number,
  ) {
    super(
      `${file} has schema version ${version}, this build reads ${known}: open it for writing with this build first`,
    );
  }
}
