import { buildApp } from '../infra/app.ts';
import { bundledFunctions } from '../infra/bundle.ts';

// What `cdk` runs (cdk.json). Bundles first: the stacks name their folders.
buildApp({ bundles: await bundledFunctions(), checks: true });
