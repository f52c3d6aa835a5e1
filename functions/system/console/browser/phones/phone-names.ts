import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';

/** Phones as a person reads them. */
export type Phone = AnswerOf<'get', '/devices'>['data'][number];

/** The name of a phone, else its model, else its MAC address. */
export const phoneName = ({ name, model, mac_address: mac }: Pick<Phone, 'name' | 'model' | 'mac_address'>): string =>
  name || model || mac;

type State = { readonly text: string; readonly color: string };

const waiting: Readonly<Record<Phone['provisioning_status'], State>> = {
  pending: { text: t('Waits for its first start'), color: 'yellow' },
  needs_update: { text: t('Waits for a restart'), color: 'yellow' },
  failed: { text: t('No file for this phone'), color: 'red' },
  provisioned: { text: t('Not reachable'), color: 'red' },
};

/** Whether a phone rings, and if not, what it waits for. */
export const phoneState = ({
  status,
  provisioning_status: file,
}: Pick<Phone, 'status' | 'provisioning_status'>): State =>
  status === 'online' ? { text: t('Ready'), color: 'green' } : waiting[file];

/** What phones are. */
export const kindNames: Readonly<Record<string, string>> = {
  phone: t('Desk phone'),
  softphone: t('Program on a computer or mobile'),
  ata: t('Adapter for analog phones'),
};

/** The extensions of the lines that register, such as `201, 202`. */
export const extensionsOf = ({ lines = [] }: Pick<Phone, 'lines'>): string =>
  lines
    .filter(({ type }) => type !== 'blf')
    .map(({ extension }) => extension)
    .join(', ');

/** The path of a phone. */
export const pathOfPhone = (id: string): string => `/devices/${encodeURIComponent(id)}`;
