import { App } from 'aws-cdk-lib';
import { assertNothingLocal } from '#infra/deployment/deploy.ts';
import { contextBeside } from '#infra/deployment/stage-file.ts';
import { settingsFrom } from '#infra/settings.ts';
import { buildApp } from '#infra/stacks/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';

assertNothingLocal(process.env);

// The app of the CDK command line (cdk.json). Bundles come first, as the stacks refer to their folders.
// `cdk destroy` and `cdk import` of a stage with a file take its settings from there.
const { stage, given } = settingsFrom(new App({ analyticsReporting: false, autoSynth: false }).node);
buildApp({ bundles: await bundledFunctions(), context: contextBeside(stage, given), checks: true });
