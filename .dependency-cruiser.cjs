/** Adapters of several ports, and what they share. */
const mongodbFolders = [
  '^src/infrastructure/mongodb/',
  '^src/infrastructure/[^/]+/mongodb/',
  '^src/infrastructure/http/idempotency/mongodb/',
];

/** Drivers and the folders that may know each. */
const drivers = [
  { name: 'inversify', driver: 'inversify', folder: '^src/main/' },
  { name: 'kafkajs', driver: 'kafkajs', folder: '^src/infrastructure/feed/kafka/' },
  { name: 'mongodb', driver: 'mongodb', folder: mongodbFolders },
  { name: 'eventstore', driver: '@eventstore/db-client', folder: '^src/infrastructure/event-store/' },
];

/** What others may know of the domain besides types: its events and the words that these are made of. */
const eventsOfTheDomain = ['^src/domain/[^/]+\\.ts$', '^src/domain/.+-events\\.ts$'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-stands-alone',
      comment: 'The domain is pure: no package, no Node module, no other layer.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'projections-know-the-domain-only',
      comment: 'A projection is a pure function from an event to changes.',
      severity: 'error',
      from: { path: '^src/projections/' },
      to: { pathNot: '^src/(projections|domain)/' },
    },
    {
      name: 'readers-decide-nothing',
      comment: 'Projections and queries read what happened: they may name the types of an aggregate, never run it.',
      severity: 'error',
      from: { path: ['^src/projections/', '^src/application/.*/?queries/', '^src/application/.+-queries\\.ts$'] },
      to: { path: '^src/domain/', pathNot: eventsOfTheDomain, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'invariants-are-counted-apart',
      comment: 'What checks the deciders knows what happened and how to read it: no use case, no view.',
      severity: 'error',
      from: { path: '^src/application/invariants/' },
      to: {
        pathNot: ['^src/application/(invariants|ports)/', '^src/application/event-catalogue\\.ts$', '^src/domain/'],
      },
    },
    {
      name: 'invariants-know-no-decider',
      comment: 'Of the domain they name the events, and the types only.',
      severity: 'error',
      from: { path: '^src/application/invariants/' },
      to: { path: '^src/domain/', pathNot: ['^src/domain/event\\.ts$', '^src/domain/.+-events\\.ts$'] },
    },
    {
      name: 'invariants-run-nothing-of-the-domain',
      severity: 'error',
      from: { path: '^src/application/invariants/' },
      to: { path: '^src/domain/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'application-points-inward',
      severity: 'error',
      from: { path: '^src/application/' },
      to: { path: '^src/(infrastructure|main)/' },
    },
    {
      name: 'infrastructure-points-inward',
      severity: 'error',
      from: { path: '^src/infrastructure/' },
      to: { path: '^src/main/' },
    },
    ...drivers.map(({ name, driver, folder }) => ({
      name: `${name}-in-one-place`,
      comment: `${driver} is met in ${[folder].flat().join(', ')} only.`,
      severity: 'error',
      from: { path: '^src/', pathNot: folder },
      to: { path: `(^|/)${driver}(/|$)`, pathNot: '^src/' },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(src|tests|bench)/' },
      to: { circular: true },
    },
    {
      name: 'src-stands-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|bench|scripts)/' },
    },
    {
      name: 'src-needs-no-development-packages',
      comment: 'What runs is listed under dependencies; a package for types alone may stay a development one.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'imports-lead-somewhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmarks are programs of their own, with packages of their own.
    exclude: { path: '^bench/peers/(node_modules/|.*\\.mjs$)' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
