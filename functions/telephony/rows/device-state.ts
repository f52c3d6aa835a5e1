import type { NetworkQuality } from '../../../shared/telephony/network-quality.ts';
import { row } from '../../../shared/dynamodb/row.ts';
import { change, type Write } from '../../../shared/dynamodb/write.ts';

/**
 * What a device's phone does just now, apart from the device so that its version stands still. The
 * registrar writes it when a line begins or ends to be registered (not with each refresh, of which the
 * bindings tell), and whoever serves a provisioning file tells that it was seen. All change single
 * attributes by {@link stateChange}: an absent attribute is not known.
 */
export type DeviceStateItem = {
  /** Of the device. */
  readonly id: string;
  /** Of each line that is registered or was: two lines may change at once. */
  readonly [line: LineAttribute]: LineRegistration | undefined;
  /** From where its newest REGISTER came, as the registrar saw it. */
  readonly ip_address?: string;
  /** ISO 8601. */
  readonly last_seen?: string;
  /** The User-Agent of its newest REGISTER or fetch. */
  readonly firmware_version?: string;
  /** The task that last heard from it. */
  readonly owner?: string;
  /** As its owner finds it. */
  readonly network_quality?: NetworkQuality;
};

type LineAttribute = `line_${number}`;

export type LineRegistration = {
  /** `expired` and `unregistered` say how it ended. */
  readonly state: 'registered' | 'unregistered' | 'expired';
  /** ISO 8601: when it began to be so. */
  readonly since: string;
};

/** `device-state#1001`, in the order of `device#1001`. */
export const deviceStateRow = row<'device-state', DeviceStateItem, { id: string }>('device-state', {
  sort: ({ id }) => id,
});

type Changed = {
  /** By line number. */
  readonly lines?: Readonly<Record<number, LineRegistration>>;
  /** Only while this line is not registered. */
  readonly unlessRegistered?: number;
};

/** What is known anew; the rest stays. */
export const stateChange = (
  id: string,
  known: Omit<Partial<DeviceStateItem>, 'id'>,
  { lines = {}, unlessRegistered }: Changed = {},
): Write<'device-state'> =>
  change(
    deviceStateRow,
    { id },
    {
      set: {
        id,
        ...known,
        ...Object.fromEntries(Object.entries(lines).map(([line, registration]) => [`line_${line}`, registration])),
      },
      ...(unlessRegistered === undefined
        ? {}
        : {
            onlyIf: {
              expression: 'attribute_not_exists(#line) OR #line.#state <> :registered',
              names: { '#line': `line_${unlessRegistered}`, '#state': 'state' },
              values: { ':registered': 'registered' },
            },
          }),
    },
  );

/** How its phone is reached from now on; of a device that went nothing is kept. */
export const qualityChange = (id: string, network_quality: NetworkQuality): Write<'device-state'> =>
  change(deviceStateRow, { id }, { set: { network_quality }, onlyIf: { expression: 'attribute_exists(PK)' } });

/** How a line is or was registered, if ever. */
export const lineRegistration = (state: DeviceStateItem | undefined, line: number): LineRegistration | undefined =>
  state?.[`line_${line}`];
