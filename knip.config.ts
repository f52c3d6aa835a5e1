import type { KnipConfig } from 'knip';

/** `!` marks what runs: `knip --production` finds files and packages that only tests use. */
export default {
  entry: [
    'bin/*.ts!',
    // Started by their path: the functions' bundles, and the local cloud's worker threads.
    'functions/*/*/handler.ts!',
    'functions/*/*/cascade.ts!',
    'functions/*/main.ts!',
    // Stands in for a package in them.
    'infra/lambda-credentials.ts!',
    'infra/container-credentials.ts!',
    'infra/local/*/*-worker.ts!',
    'infra/local/*/*-writer-fixture.ts',
    // Found by their name, by the proofs.
    'functions/*/*/example-requests.fixture.ts',
    // Bundled for browsers.
    'functions/*/*/browser/*.ts!',
    // For programs that call the API; here the system tests do.
    'shared/contract/client.ts!',
    // The part of the SIP stack that calls need, which a later issue builds.
    'shared/sip/{dialog,resolver,routing}/*.ts!',
    'shared/sip/uri-equality.ts!',
    'shared/sip/digest/client.ts!',
    'test/bench/*.ts',
  ],
  project: ['{bin,functions,infra,shared}/**/*.ts!', '!**/*{.test,{.,-}fixture}.ts!', 'test/**/*.ts'],
  // Set by the user for SMS delivery, which a later issue builds (until then tests alone use it); the generator and the
  // client that a test generates with, named in strings.
  ignoreDependencies: ['@aws-sdk/client-sns', 'openapi-typescript', 'openapi-fetch'],
  // Makes certificates for tests.
  ignoreBinaries: ['openssl'],
  // A type that only its own file names is part of what the file says about itself.
  ignoreExportsUsedInFile: { type: true },
} satisfies KnipConfig;
