/** What may have an extension of an organization (functions/telephony/README.md, "Extensions"). */
export const extensionTypes = ['user', 'contact', 'ring_group', 'call_flow'] as const;
export type ExtensionType = (typeof extensionTypes)[number];

/** By the prefixes of ids. */
const types: Readonly<Record<string, ExtensionType>> = {
  usr: 'user',
  svc: 'user',
  dir: 'contact',
  rgrp: 'ring_group',
  flow: 'call_flow',
};

/** The type of an owner by its id; undefined: it is none that has extensions. */
export const ownerType = (id: string): ExtensionType | undefined => {
  const prefix = id.split('_', 1)[0] ?? '';
  return Object.hasOwn(types, prefix) ? types[prefix] : undefined;
};
