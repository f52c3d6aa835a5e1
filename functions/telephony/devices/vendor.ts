import type { Device } from '#schema/device.ts';

/** Manufacturer family of a phone: it decides the format of its provisioning file and the SIP events that it knows. */
export type Vendor = 'yealink' | 'polycom' | 'cisco-spa' | 'grandstream' | 'snom' | 'other';

type Manufacturer = {
  readonly vendor: Exclude<Vendor, 'other'>;
  readonly name: string;
  readonly manufacturer: RegExp;
  readonly model: RegExp;
  /** First three octets of its MAC addresses (IEEE MA-L). */
  readonly prefixes: readonly string[];
};

const manufacturers: readonly Manufacturer[] = [
  {
    vendor: 'yealink',
    name: 'Yealink',
    manufacturer: /yealink/i,
    model: /yealink|^(sip-)?(t[2345]\d|w\d\d[bp]|cp9\d\d)/i,
    prefixes: ['00:15:65', '24:9A:D8', '80:5E:0C', '80:5E:C0', 'C4:FC:22'],
  },
  {
    vendor: 'polycom',
    name: 'Polycom',
    manufacturer: /polycom|^poly$/i,
    model: /polycom|^(vvx|soundpoint|soundstation)/i,
    prefixes: ['00:04:F2', '48:25:67', '64:16:7F'],
  },
  {
    vendor: 'cisco-spa',
    name: 'Cisco SPA',
    manufacturer: /cisco.*spa|sipura|linksys/i,
    model: /(^|[ _-])spa[ -]?\d{3}/i,
    prefixes: ['00:0E:08'],
  },
  {
    vendor: 'grandstream',
    name: 'Grandstream',
    manufacturer: /grandstream/i,
    model: /grandstream|^(gxp|gxv|grp|ht8|dp7|wp8)\d/i,
    prefixes: ['00:0B:82', 'C0:74:AD', 'EC:74:D7'],
  },
  { vendor: 'snom', name: 'Snom', manufacturer: /snom/i, model: /snom/i, prefixes: ['00:04:13'] },
];

type Identity = Pick<Device, 'mac_address' | 'model' | 'manufacturer'>;

const byMac = ({ mac_address: mac }: Identity): Manufacturer | undefined =>
  manufacturers.find(({ prefixes }) => prefixes.some((prefix) => mac.startsWith(prefix)));
const byModel = ({ model }: Identity): Manufacturer | undefined =>
  model === null ? undefined : manufacturers.find((each) => each.model.test(model));

/** The manufacturer by the MAC address or the model, or null. */
export const guessManufacturer = (device: Identity): string | null => (byMac(device) ?? byModel(device))?.name ?? null;

/**
 * The family of a device. The model decides for a manufacturer with several families (`Cisco`). Softphones have no
 * family.
 */
export function vendorOf(device: Identity & Pick<Device, 'kind'>): Vendor {
  const { kind, manufacturer } = device;
  if (kind === 'softphone') return 'other';
  const named = manufacturer === null ? undefined : manufacturers.find((each) => each.manufacturer.test(manufacturer));
  return (named ?? byModel(device) ?? (manufacturer === null ? byMac(device) : undefined))?.vendor ?? 'other';
}
