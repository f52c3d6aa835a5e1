import type { NetworkQuality } from '#telephony/network-quality.ts';
import { row } from '#dynamodb/row.ts';
import { change, type Write } from '#dynamodb/write.ts';

/**
 * Activity of a phone, apart from the device so that the version of the device does not change. The registrar writes it
 * when the registration of a line begins or ends (bindings have the refreshes), and the provisioning function when the
 * phone fetches a file. Both change single attributes by {@link stateChange}; an absent attribute is unknown.
 */
export type DeviceStateItem = {
  /** Id of the device. */
  readonly id: string;
  /** One attribute for each line that is or was registered, as two lines may change at the same time. */
  readonly [line: LineAttribute]: LineRegistration | undefined;
  /** Source address of its newest REGISTER. */
  readonly ip_address?: string;
  /** ISO 8601. */
  readonly last_seen?: string;
  /** User-Agent of its newest REGISTER or file request. */
  readonly firmware_version?: string;
  /** The task that last received from it. */
  readonly owner?: string;
  /** As measured by its owner. */
  readonly network_quality?: NetworkQuality;
};

type LineAttribute = `line_${number}`;

export type LineRegistration = {
  /** `expired` and `unregistered`: how the registration ended. */
  readonly state: 'registered' | 'unregistered' | 'expired';
  /** ISO 8601: when the state began. */
  readonly since: string;
};

/** `device-state#1001`, in the order of `device#1001`. Its own item, so that the version of the device stays. */
export const deviceStateRow = row<'device-state', DeviceStateItem, { id: string }>('device-state', {
  sort: ({ id }) => id,
});

type Options = {
  /** By line number. */
  readonly lines?: Readonly<Record<number, LineRegistration>>;
  /** The write fails while this line is registered. */
  readonly unlessRegistered?: number;
};

/** Sets the given attributes; the others stay. */
export const stateChange = (
  id: string,
  attributes: Omit<Partial<DeviceStateItem>, 'id'>,
  { lines = {}, unlessRegistered }: Options = {},
): Write<'device-state'> =>
  change(
    deviceStateRow,
    { id },
    {
      set: {
        id,
        ...attributes,
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

/** Sets the network quality, unless the device was deleted. */
export const qualityChange = (id: string, network_quality: NetworkQuality): Write<'device-state'> =>
  change(deviceStateRow, { id }, { set: { network_quality }, onlyIf: { expression: 'attribute_exists(PK)' } });

/** The present or last registration of a line, if any. */
export const lineRegistration = (state: DeviceStateItem | undefined, line: number): LineRegistration | undefined =>
  state?.[`line_${line}`];

/** Whether a line is registered. One that its device no longer has counts until its registration ends. */
export const hasRegisteredLine = (state: DeviceStateItem): boolean =>
  Object.values(state).some((value) => typeof value === 'object' && value.state === 'registered');
