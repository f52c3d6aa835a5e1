/** Where relays take commands: a host name or an IPv4 address, and a UDP port. */
export type RelayHost = { readonly host: string; readonly port: number };

const relay = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{1,5})$/;

/**
 * The relays of `MEDIA_RELAY`: `host:port`, several separated by commas. Empty, or `none`: there are none.
 * @throws Error if it has another form
 */
export function readRelaySetting(setting = 'none'): readonly RelayHost[] {
  if (setting === 'none' || setting === '') return [];
  return setting.split(',').map((text) => {
    const [, host = '', digits = ''] = relay.exec(text.trim()) ?? [];
    const port = Number(digits);
    if (host === '' || port < 1 || port > 65_535)
      throw new Error(`MEDIA_RELAY must be host:port, several separated by commas, or none, not ${setting}`);
    return { host, port };
  });
}
