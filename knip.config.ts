import type { KnipConfig } from 'knip';

/** `!` marks production files: `knip --production` finds files and packages that only tests use. */
export default {
  entry: [
    'bin/*.ts!',
    // Started by their path: the functions' bundles, the local cloud's worker threads, and processes of npm run dev.
    'functions/*/*/handler.ts!',
    'functions/*/*/cascade.ts!',
    'functions/*/*/derived.ts!',
    'infra/derive.ts!',
    'functions/*/{,*/}main.ts!',
    // A reporter and a runner of vitest, which loads them by their path.
    'bin/check/progress-reporter.ts!',
    'test/support/profiled-runner.ts',
    // Replaces a package in the bundles.
    'infra/lambda-credentials.ts!',
    'infra/container-credentials.ts!',
    'infra/local/*/*-worker.ts!',
    'infra/local/aws/namespace-connections.ts!',
    'bin/start/build.ts!',
    'bin/dev/{cloud,synthesize}.ts!',
    'infra/local/*/*-writer-fixture.ts',
    'shared/archive/archive-writer.fixture.ts',
    // Found by their name, by the proofs.
    '{functions/*,test/support/newcomer}/*/example-requests.fixture.ts',
    // Bundled for browsers.
    'functions/*/*/browser/*.{ts,tsx}!',
    // For stored resources, of which the platform has none yet.
    'shared/http/stored-handlers.ts!',
    // For programs that call the API, such as the system tests.
    'shared/contract/client.ts!',
    // Parts of the SIP stack as a library.
    'shared/sip/{dialog,resolver,routing,sdp,session}/*.ts!',
    'shared/sip/uri-equality.ts!',
    'shared/sip/digest/client.ts!',
    'test/bench/*.ts',
    // Has environment variables of its own.
    'test/support/canary-process.ts',
    // Run in a namespace of the network.
    'test/support/nat-phone-process.ts',
    'test/support/rtp-process.ts',
  ],
  project: ['{bin,functions,infra,shared}/**/*.{ts,tsx}!', '!**/*{.test,{.,-}fixture}.ts!', 'test/**/*.ts'],
  // The generator of types, and the command line of CDK, which are started by their names.
  ignoreDependencies: ['aws-cdk', 'openapi-typescript'],
  // Enters the namespace of the local store; ends rtpengine with its parent; others are for tests.
  ignoreBinaries: [
    'firefox-esr',
    'linphonec',
    'mount',
    'nsenter',
    'oathtool',
    'openssl',
    'setpriv',
    'sox',
    'taskset',
    'umount',
    'zbarimg',
  ],
  // A type that only its own file uses documents that file.
  ignoreExportsUsedInFile: { type: true },
} satisfies KnipConfig;
