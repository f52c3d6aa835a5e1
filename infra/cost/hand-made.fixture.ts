/**
 * Five variants, priced by hand from the price pages of AWS for us-east-1 as of 2026-11-25: how many, of what size, at
 * which price. Nothing here is computed by the code that is tested; the numbers of resources were counted in the
 * templates of that day.
 */
type Row = readonly [what: string, quantity: number, price: number];
type Variant = {
  readonly context: Readonly<Record<string, string>>;
  readonly use?: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
};

/** A month of 730 hours, and its 2,628,000 seconds. */
const month = 730;

const queues: readonly Row[] = [['14 polled queues, 657,000 receives each, a million free', 8.198, 0.4]];
const secrets: readonly Row[] = [['secrets', 6, 0.4]];
const warm: readonly Row[] = [['an environment of 1,769 MB, GB-seconds', 4_539_973, 0.000_003_333_4]];
const inside: readonly Row[] = [['an endpoint of Secrets Manager in two zones', 2 * month, 0.01]];
const key: readonly Row[] = [['key of the alarms', 1, 1]];
const objectives: readonly Row[] = [
  ['metrics of objectives (28), balancers (5), backups and e-mail (3)', 36, 0.1],
  ['alarms of several alarms', 4, 0.5],
];
const board: readonly Row[] = [['dashboard of more than 50 metrics', 1, 3]];
const balancers: readonly Row[] = [
  ['two balancers', 2 * month, 0.0225],
  ['their addresses in two zones', 4 * month, 0.005],
];
const sidecars: readonly Row[] = [
  ['two tasks, half a processor each', month, 0.032_38],
  ['their memory, 1 GB each', 2 * month, 0.003_56],
];
const relays: readonly Row[] = [
  ['two relays, a processor each', 2 * month, 0.032_38],
  ['their memory, 2 GB each', 4 * month, 0.003_56],
  ['their addresses', 2 * month, 0.005],
  ['zone in which they are found', 1, 0.5],
];
const taskAddresses: Row = ['addresses of the tasks', 2 * month, 0.005];
const withRelays: readonly Row[] = [
  ...balancers,
  ...sidecars,
  ...relays,
  ...inside,
  ...warm,
  ['metrics of 244 alarms, ten free', 234, 0.1],
  ...objectives,
  ['9 metrics of tasks, 2 of relays, 63 of Container Insights, ten free', 64, 0.3],
  ...board,
  ...queues,
  ...secrets,
  ...key,
];

export const handMade: Readonly<Record<string, Variant>> = {
  'by default': {
    context: {},
    rows: [
      ...balancers,
      ...sidecars,
      taskAddresses,
      ...inside,
      ...warm,
      ['metrics of 242 alarms, ten free', 232, 0.1],
      ...objectives,
      ['9 metrics of tasks, 38 of Container Insights, ten free', 37, 0.3],
      ...board,
      ...queues,
      ...secrets,
      ...key,
    ],
  },
  'the smallest with SIP': {
    context: { sip: 'udp', sipTasks: '1', alarms: 'few', provisionedConcurrency: '0' },
    rows: [
      ['a balancer', month, 0.0225],
      ['its address and that of the task', 2 * month, 0.005],
      ['a task, a quarter of a processor', 0.25 * month, 0.032_38],
      ['its memory, half a GB', 0.5 * month, 0.003_56],
      ['an endpoint of Secrets Manager in one zone', month, 0.01],
      ...queues,
      ...secrets,
    ],
  },
  'the smallest without SIP': {
    context: { sip: 'off', alarms: 'few', provisionedConcurrency: '0' },
    rows: [...queues, ...secrets],
  },
  'with relays and fixed addresses': {
    context: { mediaRelay: 'true', sipEgress: 'nat' },
    rows: [...withRelays, ['two NAT gateways', 2 * month, 0.045], ['their addresses', 2 * month, 0.005]],
  },
  'with a million relayed calls of three minutes': {
    context: { mediaRelay: 'true' },
    use: { calls: 1_000_000, minutes: 3, relayed: 1, apiCalls: 2_000_000 },
    rows: [
      ...withRelays,
      taskAddresses,
      // 180 s × 100 packets × 211 bytes = 3.8 MB a call.
      ['GB of media sent, 100 free', 3_698, 0.09],
      ['GB of SIP and of answers sent: 14 kB a call, 2 kB a request', 18, 0.09],
      ['million write units: 64 a call, 16.5 a CDR, 1 a request', 82.5, 0.625],
      ['million read units: 6 a call, 1 a CDR, 4 a request', 15, 0.125],
      ['million requests of the API', 2, 1],
      ['million invocations, a million free', 1.2, 0.2],
      ['million requests of queues, 0.3 a CDR', 0.3, 0.4],
      ['metrics counted in logs', 5, 0.3],
    ],
  },
};
