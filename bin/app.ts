import { buildApp } from '../infra/app.ts';
import { bundleFunctions } from '../infra/bundle.ts';

// What `cdk` runs (cdk.json). Bundles first: the stacks name their folders.
buildApp({ bundles: await bundleFunctions(), checks: true });
