// Who may import whom. A rule names its reason, as it is what a person reads who breaks it;
// `test/checks/import-rules.test.ts` plants a violation of each.

const npm = (...names) => `(^|node_modules/)(@types/)?(${names.join('|')})(/|$)`;

/** Same input, same answer: no input or output, no clock, no random. */
const pureLibraries = npm(
  ...['zod', 'luxon', 're2js', 'libphonenumber-js'],
  // Readers of files: a text in, values out.
  ...['csv-parse', 'fast-xml-parser', 'html-to-text', 'htmlparser2', 'ts-ics'],
  // Calendars: a place and a year in, days out.
  ...['date-holidays'],
  // Decoders of audio: bytes in, samples out.
  ...['mpg123-decoder', 'opus-decoder'],
  // Estimates of guesses: a password in, a number out.
  ...['@zxcvbn-ts/core', '@zxcvbn-ts/language-common'],
);

const tests = ['([.]test|[.-]fixture)[.]ts$', '^test/'];
const joining = '(?:contract|handler|store|row|cascade|derived|[a-z]+-steps|examples)[.]ts$';
/** Values and their rules: those of all in shared, those of one area in its own `schema`. */
const vocabulary = '^shared/((schema|telephony|stir)/|errors[.]ts$)|^functions/[^/]+/schema/';
const hashes = '^(node:)?(crypto|util)$';

/**
 * From the bottom up: an area knows those before it. The sidecar stands beside them, knows all and is known by none.
 */
const areas = ['platform', 'billing', 'dialplan', 'telephony', 'calls', 'messaging', 'accounts', 'system'];

/** The way of a call, from the bottom up (functions/sip-sidecar/calls/README.md). */
const calls = [
  ...['dialogs/', 'call/', 'records/', 'directory/', 'applications/', 'routing/', 'legs/', 'identity/', 'running/'],
  ...['entry/', 'transfers/', 'hearing/', 'ending/', 'moving/', 'api/', 'service/'],
];

/**
 * Folders from the bottom up: one imports only those before it. `.` is for the files directly in the first folder, and
 * each of the others for those directly in it; with a slash at its end for all below it.
 */
const orders = {
  shared: [
    ...['.', 'aws', 'concurrency', 'images'],
    ...['sip', 'sip/digest', 'sip/routing', 'sip/sdp', 'sip/transaction', 'sip/dialog', 'sip/resolver'],
    ...['sip/session', 'sip/subscription'],
    ...['schema', 'schema/webhook', 'schema/notifier', 'telephony', 'browser-phone', 'stir', 'contract'],
    ...['prompts', 'sounds', 'speech', 'outbound', 'credentials', 'objects', 'queue', 'sms', 'dynamodb'],
    ...['dynamodb/rows', 'mail', 'limits', 'secrets', 'sidecar', 'webhooks', 'runtime', 'signing', 'archive'],
    ...['http/request', 'http/authorization', 'http/answers', 'http/admission', 'http'],
  ],
  infra: [
    ...[
      '.',
      'changes',
      'constructs',
      'cost',
      'preflight',
      'deployment',
      'stacks',
      'local/templates',
      'local/machine',
      'local/aws',
    ],
    ...['local/lambda', 'local/gateway', 'local/outbox', 'local'],
  ],
  'functions/sip-sidecar': [
    ...['.', 'tables', 'leases', 'transport', 'media', 'relay', 'rights', 'traces', 'stack', 'task', 'outbound'],
    ...['registrar', 'control', 'event-listeners', 'gateways', 'subscriptions', 'trunks', 'message-waiting'],
    // Among themselves as in `calls`.
    ...['calls/', 'line-states', 'service'],
  ],
  'functions/system/console/browser': [
    ...['texts/german', 'texts/french', 'texts/spanish', 'texts', 'sound', 'kit', 'dependents', 'resources', 'gallery'],
    ...['health', 'calls', 'dialplan', 'flows', 'handling', 'organization', 'pricelists', 'schedules', 'voicemail'],
    ...['audit', 'messages', 'phone', 'account', 'overview', 'usage', 'numbers', 'phones', 'customers', 'people'],
    ...['welcome', 'worker', 'shell', '.'],
  ],
};

/** A resource's folder: `<area>/<resource>`, or that of a service. */
const services = 'sip-sidecar|media-relay';
const anyFolder = `${services}|(?!(?:${services})/)[^/]+/[^/]+`;
/** The functions that several consumers share. */
const sharedQueues = '^functions/system/(consequences|jobs|uploads)/handler[.]ts$';
const rows = '^functions/[^/]+/rows/';
/** How records of each class are read and deleted by age: they keep as stores do. */
const sources = '^functions/system/purges/sources/';

/** The dial plan: no resource, but what the resources of its area decide with. It lends them all that it has. */
const plan = '^functions/dialplan/plan/';

/**
 * In a resource's folder, every file but those that declare, join, store, and test: it decides. So does an engine
 * that is a folder of its own, as the dial plan's matcher and the readers of CDRs. Lists of consumers decide nothing.
 */
const inner = '(?:(?:matcher|formats)/)?';
const domainOf = (folder) =>
  `^functions/(?!(?:${services})/|[^/]+/(?:rows|schema|consumers)/)${folder}/${inner}(?!${joining})[^/]+[.]ts$`;
const domain = domainOf('[^/]+/[^/]+');
const ownDomain = domainOf('$1');
const ownContract = '^functions/$1/contract[.]ts$';
const decides = { path: domainOf('([^/]+/[^/]+)'), pathNot: tests };

const resource = (file) => ({ path: `^functions/(${anyFolder})/${file}[.]ts$`, pathNot: tests });

const layers = [
  {
    name: 'contract-is-a-plain-value',
    comment:
      'A contract imports zod, shared/{contract,schema,telephony,errors}, its own examples, the schemas of its own ' +
      'domain, and the types of events.',
    from: resource('contract'),
    to: {
      pathNot: [
        ...[npm('zod'), '^shared/contract/', vocabulary, ownDomain, '^functions/$1/examples[.]ts$'],
        '^dist/event-types[.]d[.]ts$',
      ],
    },
  },
  {
    name: 'domain-only-decides',
    comment:
      'The domain imports shared/{schema,telephony,errors}, pure libraries, other domain files, hashes and ' +
      'comparisons of Node, and types of its own contract.',
    from: decides,
    to: { pathNot: [pureLibraries, vocabulary, domain, hashes, ownContract] },
  },
  {
    name: 'domain-takes-only-types-of-its-contract',
    comment: 'The contract builds on the domain, not the other way.',
    from: decides,
    to: { path: '^functions/.+/contract[.]ts$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'row-is-keys-and-schema',
    comment:
      'A row imports zod, shared/{dynamodb,contract,schema,telephony,errors}, other rows, and its own contract ' +
      'and domain.',
    from: resource('row'),
    to: {
      pathNot: [npm('zod'), '^shared/(dynamodb|contract)/', vocabulary, rows, '/row[.]ts$', ownDomain, ownContract],
    },
  },
  {
    name: 'area-rows-know-rows',
    comment: "An area's rows import zod, shared/{dynamodb,contract,schema,telephony,errors} and other rows.",
    from: { path: rows, pathNot: tests },
    to: { pathNot: [npm('zod'), '^shared/(dynamodb|contract)/', vocabulary, rows, hashes, '/row[.]ts$'] },
  },
  {
    name: 'store-keeps',
    comment:
      'A store imports shared/{dynamodb,contract,schema,telephony,errors}, pure libraries, its own contract and ' +
      'domain, rows, and types.',
    from: resource('store'),
    to: {
      pathNot: [
        pureLibraries,
        hashes,
        '^shared/(dynamodb|contract)/',
        vocabulary,
        domain,
        rows,
        '/row[.]ts$',
        ownContract,
      ],
    },
  },
  {
    name: 'cascade-keeps',
    comment: 'A cascade imports what a store does, and the types of its context.',
    from: resource('cascade'),
    to: {
      pathNot: [
        pureLibraries,
        '^shared/(dynamodb|contract)/',
        '^shared/runtime/cascade[.]ts$',
        vocabulary,
        ownDomain,
        rows,
        '/row[.]ts$',
        ownContract,
      ],
    },
  },
  {
    name: 'contracts-load-light',
    comment:
      'Infrastructure, documents and tests import every contract: none may load a handler, a store or the AWS ' +
      'SDK, however far away.',
    from: {
      path: [
        '^functions/contracts[.]ts$',
        '^functions/[^/]+/contracts[.]ts$',
        `^functions/(${anyFolder})/contract[.]ts$`,
      ],
    },
    to: {
      path: [npm('@aws-sdk', '@smithy', '@middy', '@aws-lambda-powertools'), '/(handler|store)[.]ts$'],
      reachable: true,
    },
  },
  {
    name: 'contracts-list-areas',
    comment: 'functions/contracts.ts is the list of the areas and the services, and nothing else.',
    from: { path: '^functions/contracts[.]ts$' },
    to: {
      pathNot: ['^functions/[^/]+/contracts[.]ts$', `^functions/(${services})/contract[.]ts$`, '^shared/contract/'],
    },
  },
  {
    name: 'areas-list-contracts',
    comment: "An area's contracts.ts is the list of its own contracts and nothing else.",
    from: { path: '^functions/([^/]+)/contracts[.]ts$' },
    to: { pathNot: ['^functions/$1/([^/]+/contract|(consumers/)?consumers)[.]ts$', '^shared/contract/'] },
  },
  {
    name: 'areas-list-consumers',
    comment: "An area's consumers.ts is the list of its own consumers and nothing else.",
    from: { path: '^functions/([^/]+)/(?:consumers/)?consumers[.]ts$' },
    to: { pathNot: ['^functions/$1/[^/]+/contract[.]ts$', '^shared/contract/'] },
  },
];

const apart = [
  ...areas.slice(0, -1).map((area, at) => ({
    name: `${area}-knows-what-is-below`,
    comment: `Areas know each other in one direction: ${areas.join(' ← ')}.`,
    from: { path: `^functions/${area}/`, pathNot: tests },
    to: { path: `^functions/(${areas.slice(at + 1).join('|')})/` },
  })),
  ...calls.slice(0, -1).map((part, at) => ({
    name: `calls-${part.replace(/\W.*/, '')}-knows-what-is-below`,
    comment: 'The parts of the way of a call know each other in one direction.',
    from: { path: `^functions/sip-sidecar/calls/${part}`, pathNot: tests },
    to: { path: `^functions/sip-sidecar/calls/(${calls.slice(at + 1).join('|')})` },
  })),
  {
    name: 'nobody-knows-the-sidecar',
    comment: 'Functions ask the sidecar over shared/sidecar. Its media relay shares what a task needs.',
    from: {
      path: '^(functions|shared)/',
      pathNot: [`^functions/(${services})/`, '^functions/contracts[.]ts$', ...tests],
    },
    to: { path: '^functions/sip-sidecar/' },
  },
  {
    name: 'only-the-build-reads-the-list',
    comment: 'No function bundles the contracts of all areas: it reads what the build derives from them.',
    from: {
      path: '^functions/[^/]+/',
      pathNot: ['/contracts[.]ts$', ...tests],
    },
    to: { path: '^functions/contracts[.]ts$|^functions/[^/]+/contracts[.]ts$' },
  },
  {
    name: 'only-system-reads-consumers',
    comment: 'What acts for every area is in the topmost one.',
    from: { path: '^functions/[^/]+/', pathNot: ['^functions/system/', '/contracts[.]ts$', ...tests] },
    to: { path: '^functions/system/consumers/|^functions/[^/]+/consumers[.]ts$' },
  },
  {
    name: 'derived-is-for-the-build',
    comment: 'The build runs derived.ts. A function that imported it would bundle the contracts of all areas.',
    from: { path: '^(functions|shared)/', pathNot: tests },
    to: { path: '/derived[.]ts$', pathNot: '^shared/contract/' },
  },
  {
    name: 'handlers-know-no-base-path',
    comment: 'The conventions under /v1.0 are those of the pipeline; only the documents say what they are.',
    from: { path: '^functions/.+/handler[.]ts$', pathNot: '^functions/system/documents/' },
    to: { path: '^shared/contract/voipbin[.]ts$' },
  },
  {
    name: 'resource-hides-store-and-handler',
    comment:
      'A resource sees another through its contract, its row (stores do), or a type of its domain. The functions of ' +
      'shared queues join handlers.',
    from: { path: `^functions/(${anyFolder})/`, pathNot: [sharedQueues, ...tests] },
    to: { path: '^functions/.+/(handler|store|cascade)[.]ts$', pathNot: '^functions/$1/' },
  },
  {
    name: 'resource-lends-its-domain-as-types',
    comment: "Outside the domain, another resource's domain is known by its types only.",
    from: { path: `^functions/(${anyFolder})/${joining}`, pathNot: tests },
    to: { path: domain, pathNot: ['^functions/$1/', plan], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'rows-are-for-stores',
    comment: "Another resource's row is for stores, rows, and what reads the records of every area.",
    from: { path: `^functions/(${anyFolder})/`, pathNot: ['/(store|row|cascade)[.]ts$', rows, sources, ...tests] },
    to: { path: '/row[.]ts$', pathNot: '^functions/$1/' },
  },
  {
    name: 'aws-behind-shared',
    comment: 'A resource reaches AWS through shared, where permissions, retries and limits are thought of once.',
    from: { path: '^functions/', pathNot: tests },
    to: { path: npm('@aws-sdk', '@smithy'), dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'functions-know-no-infrastructure',
    comment: 'What runs does not know how it is deployed.',
    from: { path: '^functions/', pathNot: tests },
    to: { path: '^(infra|bin)/' },
  },
  {
    name: 'infrastructure-reads-contracts',
    comment: 'Infrastructure knows resources by their contracts.',
    from: { path: '^(infra|bin)/', pathNot: tests },
    to: { path: '^functions/', pathNot: ['^functions/contracts[.]ts$', '/contracts?[.]ts$'] },
  },
  {
    name: 'local-cloud-reads-templates',
    comment: 'The local cloud interprets templates: what it knew from elsewhere would not be what deploys.',
    from: { path: '^infra/local/', pathNot: tests },
    to: { path: '^(functions|infra/(stacks|constructs))/' },
  },
];

/** @type {(root: string, folder: string) => string} */
const filesOf = (root, folder) => {
  if (folder.endsWith('/')) return `^${root}/${folder}`;
  return `^${root}/${folder === '.' ? '' : `${folder}/`}[^/]+$`;
};

const ordered = Object.entries(orders).flatMap(([root, folders]) => [
  ...folders.slice(0, -1).map((folder, at) => ({
    name: `${root}-${folder}-knows-what-is-below`.replace('.', 'itself').replaceAll(/[^a-z]+/g, '-'),
    comment: `The folders of ${root} know each other in one direction, which \`orders\` lists from the bottom up.`,
    from: { path: filesOf(root, folder), pathNot: tests },
    to: { path: folders.slice(at + 1).map((above) => filesOf(root, above)) },
  })),
  {
    name: `${root.replaceAll('/', '-')}-folders-are-in-order`,
    comment: 'A new folder has its place in `orders` of .dependency-cruiser.mjs.',
    from: { path: `^${root}/`, pathNot: [...folders.map((folder) => filesOf(root, folder)), ...tests] },
    to: {},
  },
]);

const shared = [
  {
    name: 'shared-knows-no-resource',
    comment: 'What all build on builds on none of them.',
    from: { path: '^shared/', pathNot: tests },
    to: { path: '^(functions|infra|bin)/' },
  },
  {
    name: 'vocabulary-is-the-bottom',
    comment:
      'shared/{schema,telephony,errors}, and schemas and errors of areas import zod, pure libraries, URIs of SIP and ' +
      'each other.',
    from: { path: vocabulary, pathNot: tests },
    to: { pathNot: [pureLibraries, vocabulary, hashes, '^shared/sip/uri[.]ts$'] },
  },
  {
    name: 'contracts-stand-on-vocabulary',
    comment: 'shared/contract imports zod and shared/{schema,telephony,errors}.',
    from: { path: '^shared/contract/', pathNot: tests },
    to: { pathNot: [pureLibraries, vocabulary, '^shared/contract/', hashes] },
  },
  {
    name: 'one-way-out',
    comment: 'Functions send requests to hosts of tenants through shared/outbound, which checks their addresses.',
    from: {
      path: '^(functions|shared)/',
      pathNot: [
        // These look at the connections of clients, and open none.
        '^shared/(http/authorization/networks|runtime/unfinished-requests)[.]ts$',
        '^shared/outbound/',
        // It goes to the hosts of the platform itself, which the operator names.
        '^functions/system/canary/client/',
        `^functions/(${services})/`,
        ...tests,
      ],
    },
    to: { path: '^(node:)?(http|https|http2|net|tls|dgram)$' },
  },
  {
    name: 'sip-is-the-protocol-alone',
    comment: 'shared/sip knows no AWS, zod or socket: transports live in the sidecar.',
    from: { path: '^shared/sip/', pathNot: tests },
    to: { pathNot: ['^shared/sip/', hashes] },
  },
];

const everywhere = [
  {
    name: 'no-cycles',
    comment: 'Modules that need each other are one module, or two with a third below.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'calls-have-no-cycles-of-types',
    comment: "Files of calls that name each other's types can only be read together.",
    from: { path: '^functions/sip-sidecar/calls/', pathNot: tests },
    to: { circular: true },
  },
  {
    name: 'resolves',
    comment: 'An import that leads nowhere.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'tests-are-not-imported',
    comment: 'What runs does not know its tests.',
    from: { path: '^(functions|shared|infra|bin)/', pathNot: tests },
    to: { path: tests },
  },
  {
    name: 'runs-without-development-packages',
    comment: 'What runs is named in dependencies.',
    from: { path: '^(functions|shared|infra|bin)/', pathNot: ['^bin/(check|imports)', ...tests] },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
];

export default {
  forbidden: [...layers, ...apart, ...ordered, ...shared, ...everywhere].map((rule) => ({
    severity: 'error',
    ...rule,
  })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
};
