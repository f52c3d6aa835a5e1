import { AppError } from '../../errors.ts';
import { checkReadCondition, create, remove, type Write } from '../write.ts';
import { extensionOwnerRow } from './device.ts';
import { userExtensionRow } from './user.ts';

/** Extensions: one namespace of an organization, for users, contacts, ring groups and call flows. */

/** What may have an extension; null or absent: it has none. */
export type ExtensionOwner = { readonly id: string; readonly extension?: string | null };

/** Claims an extension of an owner who has no phones of their own. Fails with `EXTENSION_TAKEN`. */
function claim({ id: owner, extension }: ExtensionOwner): Write<'user-extension' | 'check:device-line'>[] {
  if (extension == null) return [];
  const problem = `The extension ${extension} is taken`;
  const noDevices = {
    expression: 'attribute_not_exists(PK) OR #devices = :none',
    names: { '#devices': 'devices' },
    values: { ':none': 0 },
  };
  return [
    create(userExtensionRow, { extension, owner }, 'EXTENSION_TAKEN', problem),
    checkReadCondition(extensionOwnerRow, { extension }, noDevices, new AppError('EXTENSION_TAKEN', problem)),
  ];
}

export const releaseExtension = ({ extension }: ExtensionOwner): Write<'user-extension'>[] =>
  extension == null ? [] : [remove(userExtensionRow, { extension })];

/** The writes that follow the extension of an owner. @param before undefined: it is new */
export const extensionWrites = (
  before: ExtensionOwner | undefined,
  after: ExtensionOwner,
): Write<'user-extension' | 'check:device-line'>[] =>
  before !== undefined && (before.extension ?? null) === (after.extension ?? null)
    ? []
    : [...claim(after), ...(before === undefined ? [] : releaseExtension(before))];
