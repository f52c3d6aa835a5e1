import { buildApp } from '#infra/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';

// The setting of `npm start` on the command line of a deployment is a mistake that must not pass for done.
if (process.env['OUTBOUND_ALLOW_PRIVATE'] !== undefined)
  throw new Error('OUTBOUND_ALLOW_PRIVATE is for `npm start` only: unset it before a deployment');

// The app of the CDK command line (cdk.json). Bundles come first, as the stacks refer to their folders.
buildApp({ bundles: await bundledFunctions(), checks: true });
