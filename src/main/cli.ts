#!/usr/bin/env node
import { setSourceMapsSupport } from 'node:module';

// Before anything else is loaded; those of packages would cost memory and tell nothing.
setSourceMapsSupport(true, { nodeModules: false });
await import('./command-line.js');
