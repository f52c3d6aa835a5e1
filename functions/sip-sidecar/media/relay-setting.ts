/**
 * Where relays take commands: a host name or an IPv4 address, and a UDP port. `control`: TCP port of the control
 * interface of their process; absent: they have none, and play no sounds.
 */
export type RelayHost = { readonly host: string; readonly port: number; readonly control?: number };

const relay = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{1,5})(?:\/(\d{1,5}))?$/;

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

/**
 * The relays of `MEDIA_RELAY`: `host:port` or `host:port/control`, several separated by commas. Empty, or `none`: there
 * are none.
 * @throws Error if it has another form
 */
export function readRelaySetting(setting = 'none'): readonly RelayHost[] {
  if (setting === 'none' || setting === '') return [];
  return setting.split(',').map((text) => {
    const [, host = '', digits, controlDigits] = relay.exec(text.trim()) ?? [];
    const port = Number(digits);
    const control = controlDigits === undefined ? undefined : Number(controlDigits);
    if (host === '' || !isPort(port) || (control !== undefined && !isPort(control)))
      throw new Error(`MEDIA_RELAY must be host:port, several separated by commas, or none, not ${setting}`);
    return { host, port, ...(control === undefined ? {} : { control }) };
  });
}
