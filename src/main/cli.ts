#!/usr/bin/env node
// An older Node can't even link what the program imports: nothing is imported before this was looked at.
const needed = 24;

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `boxoffice: Node ${needed} is needed, this is ${process.versions.node}. The package "node" brings it: ` +
      'in the folder where boxoffice is installed, npx boxoffice runs on that one.\n',
  );
  process.exitCode = 1;
} else {
  const { setSourceMapsSupport } = await import('node:module');
  // Before anything else is loaded; those of packages would cost memory and tell nothing.
  setSourceMapsSupport(true, { nodeModules: false });
  await import('./command-line.js');
}

export {};
