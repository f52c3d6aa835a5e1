import { given, hostAndPort, macDigits, type Account, type Configuration, type ProvisioningFile, type XmlNode } from './configuration.ts';

/** Polycom: a master file that names the phone's own (names not yet checked on a phone). */

const attributes = (fields: Readonly<Record<string, XmlNode | null>>): Record<string, XmlNode> =>
  Object.fromEntries(Object.entries(given(fields)).map(([name, value]) => [`@${name}`, value]));

const codecNames = { PCMU: 'G711_Mu', PCMA: 'G711_A', G722: 'G722', G729: 'G729_AB', OPUS: 'Opus.16kbps' } as const;

const registration = ({ at, displayName, extension, username, password, domain }: Account, { proxy, expiry }: Configuration): Record<string, XmlNode | null> => {
  const outbound = proxy === null ? null : hostAndPort(proxy);
  return {
    [`reg.${at}.displayName`]: displayName, [`reg.${at}.label`]: displayName, [`reg.${at}.address`]: username,
    [`reg.${at}.auth.userId`]: username, [`reg.${at}.auth.password`]: password, [`reg.${at}.thirdPartyName`]: extension,
    [`reg.${at}.server.1.address`]: domain, [`reg.${at}.server.1.transport`]: 'UDPOnly', [`reg.${at}.server.1.expires`]: expiry,
    [`reg.${at}.outboundProxy.address`]: outbound?.host ?? null, [`reg.${at}.outboundProxy.port`]: outbound?.port ?? null,
  };
};

export function polycomFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, codecs, timezone, language, adminPassword, url } = configuration;
  const mac = macDigits(device);
  const watched = keys.flatMap(({ at, extension, label }) => [[`attendant.resourceList.${at}.address`, extension], [`attendant.resourceList.${at}.label`, label], [`attendant.resourceList.${at}.type`, 'normal']]);
  const own = {
    polycomConfig: {
      reg: attributes(Object.assign({}, ...accounts.map((account) => registration(account, configuration))) as Record<string, XmlNode | null>),
      ...(keys.length === 0 ? {} : { attendant: attributes(Object.fromEntries(watched) as Record<string, string>) }),
      // What a check-sync then does is the one way to start this family anew.
      voIpProt: attributes({ 'voIpProt.SIP.specialEvent.checkSync.alwaysReboot': 1 }),
      voice: attributes(Object.fromEntries(codecs.map((codec, position) => [`voice.codecPref.${codecNames[codec]}`, position + 1]))),
      ...(timezone === null ? {} : { tcpIpApp: attributes({ 'tcpIpApp.sntp.gmtOffset': timezone.offsetMinutes * 60, 'tcpIpApp.sntp.daylightSavings.enable': timezone.savesDaylight ? 1 : 0 }) }),
      ...(language === null ? {} : { lcl: attributes({ 'lcl.ml.lang': new Intl.Locale(language).language }) }),
      device: attributes({
        'device.set': 1, 'device.prov.serverName.set': 1, 'device.prov.serverName': url,
        'device.auth.localAdminPassword.set': adminPassword === null ? null : 1, 'device.auth.localAdminPassword': adminPassword,
      }),
    },
  };
  return [
    { name: `${mac}.cfg`, contentType: 'application/xml', content: { APPLICATION: attributes({ APP_FILE_PATH: 'sip.ld', CONFIG_FILES: `${mac}-reg.cfg` }) } },
    { name: `${mac}-reg.cfg`, contentType: 'application/xml', content: own },
  ];
}
