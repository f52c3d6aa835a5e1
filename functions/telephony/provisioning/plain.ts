import { macDigits, type Configuration, type ProvisioningFile } from './configuration.ts';

/** Whatever has no format of its own, and softphones: the same values as JSON. */
export function plainFiles({
  device,
  accounts,
  keys,
  proxy,
  expiry,
  codecs,
  timezone,
  language,
  adminPassword,
  url,
}: Configuration): ProvisioningFile[] {
  const content = {
    device_id: device.id,
    mac_address: device.mac_address,
    name: device.name,
    provisioning_url: url,
    accounts: accounts.map(({ line, extension, displayName, username, password, domain }) => ({
      line_number: line,
      extension,
      display_name: displayName,
      username,
      auth_name: username,
      password,
      domain,
      outbound_proxy: proxy,
      transport: 'udp',
      registration_expiry: expiry,
    })),
    keys: keys.map(({ line, extension, label }) => ({ line_number: line, type: 'blf', extension, label })),
    codecs,
    timezone: timezone?.name ?? null,
    language,
    admin_password: adminPassword,
    settings: device.settings,
  };
  return [
    {
      name: `${macDigits(device)}.json`,
      contentType: 'application/json',
      content: `${JSON.stringify(content, null, 2)}\n`,
    },
  ];
}
