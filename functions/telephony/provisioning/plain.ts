import { macDigits, type Account, type Configuration, type ProvisioningFile } from './configuration.ts';

/** JSON, for softphones and for phones without a format of their own. */

const accountValues = (
  { line, extension, displayName, username, password, domain }: Account,
  { proxy, expiry }: Configuration,
) => ({
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
});

export function plainFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, codecs, timezone, language, adminPassword, url } = configuration;
  const content = {
    device_id: device.id,
    mac_address: device.mac_address,
    name: device.name,
    provisioning_url: url,
    accounts: accounts.map((account) => accountValues(account, configuration)),
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
