import { Select } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { roleNames } from '../resources/person.ts';

type RoleProps = {
  readonly roles: readonly string[];
  readonly value: string;
  readonly error?: string | null;
  readonly onChange: (role: string) => void;
};

/** What a person may do, as a word. */
export const RoleSelect = ({ roles, value, error = null, onChange }: RoleProps) => (
  <Select
    label={t('Role')}
    allowDeselect={false}
    data={roles.map((role) => ({ value: role, label: roleNames[role] ?? role }))}
    value={value}
    error={error}
    onChange={(next) => onChange(next ?? value)}
  />
);
