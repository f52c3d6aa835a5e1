import { buildApp } from '../infra/app.ts';
import { bundledFunctions } from '../infra/bundle.ts';

// The app of the CDK command line (cdk.json). Bundles come first, as the stacks refer to their folders.
buildApp({ bundles: await bundledFunctions(), checks: true });
