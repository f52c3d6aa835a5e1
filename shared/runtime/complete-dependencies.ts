import type { Dependencies } from './dependencies.ts';

const missing = (dependency: string) => () =>
  Promise.reject(new Error(`this function has no ${dependency} in its dependencies`));

type Optional = 'queues' | 'secrets' | 'links' | 'objects' | 'mailer' | 'sms' | 'sidecar' | 'outbound' | 'invoke';

const [noQueue, noSecret, noLink] = [missing('queues'), missing('secrets'), missing('links')];
const [noObject, noSidecar, noOutbound] = [missing('objects'), missing('sidecar'), missing('outbound')];

/** What a function does not have: each use fails with its name. */
export const absentDependencies: Required<Pick<Dependencies, Optional>> = {
  queues: { send: noQueue, depth: noQueue },
  secrets: { read: noSecret, putOnce: noSecret },
  links: { to: noLink, downloadOf: noLink, uploadTo: noLink },
  objects: {
    begin: noObject,
    part: noObject,
    finish: noObject,
    abandon: noObject,
    put: noObject,
    get: noObject,
    open: noObject,
    remove: noObject,
    versions: () => {
      throw new Error('this function has no objects in its dependencies');
    },
    removeVersion: noObject,
    erase: noObject,
  },
  mailer: { send: missing('mailer') },
  sms: { name: 'none', send: missing('provider of SMS') },
  sidecar: {
    notify: noSidecar,
    sendMessageSummaries: noSidecar,
    hasPhonesAt: noSidecar,
    challengeAddress: noSidecar,
    placeCall: noSidecar,
    endCall: noSidecar,
    actOnCall: noSidecar,
  },
  outbound: { send: noOutbound, check: noOutbound },
  invoke: missing('invoke'),
};

/** The dependencies of a function, of which its contract limits what the function sees. */
export const completeDependencies = (dependencies: Dependencies): Required<Dependencies> => ({
  ...absentDependencies,
  ...dependencies,
});
