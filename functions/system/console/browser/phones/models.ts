import type { Offers } from '../kit/form-fields.ts';

/** Phones that the platform makes files for, by maker. Any other name may be typed. */
export const models: Offers = [
  {
    group: 'Yealink',
    items: [
      'T31P',
      'T33G',
      'T43U',
      'T44U',
      'T46U',
      'T48U',
      'T53W',
      'T54W',
      'T57W',
      'T58W',
      'W60B',
      'W70B',
      'CP925',
      'CP965',
    ],
  },
  { group: 'Snom', items: ['Snom D713', 'Snom D735', 'Snom D765', 'Snom D785', 'Snom D862', 'Snom D865', 'Snom M500'] },
  {
    group: 'Grandstream',
    items: [
      'GRP2601',
      'GRP2602P',
      'GRP2612P',
      'GRP2614',
      'GRP2616',
      'GXP1625',
      'GXP2135',
      'GXP2170',
      'HT801',
      'HT812',
      'DP752',
    ],
  },
  { group: 'Polycom', items: ['VVX 150', 'VVX 250', 'VVX 350', 'VVX 450', 'SoundStation IP 6000'] },
  { group: 'Cisco SPA', items: ['SPA504G', 'SPA508G', 'SPA525G', 'SPA112'] },
];

/** The maker of a model in the list; undefined: it is not in it. */
export const makerOf = (model: string): string | undefined =>
  models.find(({ items }) => items.includes(model.trim()))?.group;

/** Names of settings that the files of every maker have. */
const ofAll = ['timezone', 'language', 'admin_password'];

/** Names of settings that are often used in files of one's own, by maker. */
const ofMakers: Readonly<Record<string, readonly string[]>> = {
  Yealink: ['phone_setting.backlight_time', 'phone_setting.ring_type', 'features.dnd.enable', 'screensaver.wait_time'],
  Snom: ['ringer', 'display_method', 'backlight_idle', 'headset_device'],
  Grandstream: ['ring.tone', 'lcd.backlight', 'headset.mode'],
  Polycom: ['up.backlight.timeout', 'se.rt.default.ringer', 'np.normal.ringing'],
  'Cisco SPA': ['ring.default', 'lcd.contrast', 'backlight.timer'],
};

/** Settings that are offered for a phone. @param maker as in `models`; null: unknown */
export const settingsFor = (maker: string | null): Offers =>
  [{ group: '', items: ofAll }, ...(maker === null ? [] : [{ group: maker, items: ofMakers[maker] ?? [] }])].filter(
    ({ items }) => items.length > 0,
  );

/** A MAC address as phones print it: pairs with colons. What is none stays as it was typed. */
export function macText(typed: string): string {
  const digits = typed.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
  return digits.length === 12 ? (digits.match(/../g) ?? []).join(':') : typed.trim();
}
