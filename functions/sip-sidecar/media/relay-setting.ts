/**
 * Where relays take commands: a host name or an IPv4 address, and a UDP port. `control`: TCP port of the control
 * interface of their process; absent: they have none, and play no sounds.
 */
export type RelayHost = { readonly host: string; readonly port: number; readonly control?: number };

/** Where a task finds relays: at hosts, and by the leases that relays have in the table. */
export type RelaySetting = { readonly hosts: readonly RelayHost[]; readonly leases: boolean };

/** The word of the setting for relays that have leases. */
const leasedRelays = 'leases';

const relay = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{1,5})(?:\/(\d{1,5}))?$/;

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

function hostOf(text: string): RelayHost {
  const [, host = '', digits, controlDigits] = relay.exec(text) ?? [];
  const port = Number(digits);
  const control = controlDigits === undefined ? undefined : Number(controlDigits);
  if (host === '' || !isPort(port) || (control !== undefined && !isPort(control)))
    throw new Error(
      `MEDIA_RELAY must be ${leasedRelays}, host:port, several separated by commas, or none, not ${text}`,
    );
  return { host, port, ...(control === undefined ? {} : { control }) };
}

/**
 * The relays of `MEDIA_RELAY`: `leases`, `host:port` or `host:port/control`, several separated by commas. Empty, or
 * `none`: there are none.
 * @throws Error if it has another form
 */
export function readRelaySetting(setting = 'none'): RelaySetting {
  const words = setting === 'none' || setting === '' ? [] : setting.split(',').map((text) => text.trim());
  return {
    leases: words.includes(leasedRelays),
    hosts: words.filter((word) => word !== leasedRelays).map(hostOf),
  };
}
