import { TextInput } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { IconSearch } from './icons.ts';

type SearchInputProps = {
  /** What screen readers call it. Default: "Search". */
  readonly label?: string;
  /** Default: "Search". */
  readonly placeholder?: string;
  /** What is said below it. */
  readonly description?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
};

/** The field above a list in which a person types what to look for. */
export const SearchInput = ({
  label = t('Search'),
  placeholder = t('Search'),
  onChange,
  ...more
}: SearchInputProps) => (
  <TextInput
    {...more}
    type="search"
    aria-label={label}
    placeholder={placeholder}
    inputWrapperOrder={['label', 'input', 'description', 'error']}
    leftSection={<IconSearch size={16} aria-hidden />}
    flex="1 1 240px"
    maw={420}
    onChange={({ target }) => onChange(target.value)}
  />
);
