import {
  Card,
  Checkbox,
  createTheme,
  Drawer,
  Menu,
  Modal,
  PasswordInput,
  Popover,
  Tooltip,
  virtualColor,
  type CSSVariablesResolver,
} from '@mantine/core';
import { t } from '../texts/texts.ts';
import { brandVariables, type Accents } from './brand-colors.ts';

/** How the console looks (functions/system/console/README.md): one type scale, one spacing, colors by purpose. */

/** Milliseconds; none for a person who wants less motion. */
const transitionProps = { duration: 120 };

const modalProps = {
  // Locking the scroll bar would need a style element without the nonce.
  lockScroll: false,
  closeButtonProps: { 'aria-label': t('Close') },
  transitionProps,
  // The page has one banner.
  attributes: { header: { role: 'none' } },
} as const;

const menuProps = {
  transitionProps,
  shadow: 'md',
  // In a landmark, as what opens it is.
  portalProps: { target: 'main' },
  // Else the menu of a row that is out of view for a moment, as while its table is drawn again, stays open and unseen.
  hideDetached: false,
  // A menu has items only, of which the first gets the focus.
  withInitialFocusPlaceholder: false,
} as const;

export const theme = createTheme({
  // Virtual: only such a color has another text on what is filled in each scheme. Brands replace its variables.
  primaryColor: 'brand',
  colors: { brand: virtualColor({ name: 'brand', light: 'cyan', dark: 'cyan' }) },
  primaryShade: 9,
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 'md',
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '2px', sm: '4px', md: '8px', lg: '12px', xl: '16px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '28px', lineHeight: '36px' },
      h2: { fontSize: '28px', lineHeight: '36px' },
      h3: { fontSize: '20px', lineHeight: '28px' },
      h4: { fontSize: '16px', lineHeight: '24px' },
    },
  },
  components: {
    // The mark on a filled box; Mantine's own is white in both schemes.
    Checkbox: Checkbox.extend({ defaultProps: { iconColor: 'var(--mantine-color-brand-contrast)' } }),
    Card: Card.extend({ defaultProps: { padding: 'md', withBorder: true } }),
    Menu: Menu.extend({ defaultProps: menuProps }),
    Popover: Popover.extend({ defaultProps: { transitionProps } }),
    Tooltip: Tooltip.extend({ defaultProps: { transitionProps } }),
    Modal: Modal.extend({ defaultProps: modalProps }),
    Drawer: Drawer.extend({ defaultProps: modalProps }),
    PasswordInput: PasswordInput.extend({ defaultProps: { visibilityToggleFocusable: true } }),
  },
});

/** Of what is below the pointer: Mantine's colors are lighter than the buttons, or darker than the links. */
const hover = {
  '--mantine-color-brand-filled-hover': '#08505f',
  '--mantine-color-teal-filled-hover': '#05543f',
  '--mantine-color-brand-light-hover': 'var(--mantine-color-brand-light)',
};

/** The brand's colors, and those with the contrast of WCAG 2.2, 1.4.3 (4.5:1), which some of Mantine's have not. */
export const colorsOf = (accents: Accents): CSSVariablesResolver => {
  const brand = brandVariables(accents);
  return ({ colors }) => ({
    variables: {},
    light: {
      ...hover,
      '--mantine-color-dimmed': colors.gray[7],
      '--mantine-color-placeholder': colors.gray[7],
      '--mantine-color-error': colors.red[9],
      '--mantine-color-yellow-light-color': '#6b4e00',
      '--mantine-color-green-light-color': '#1b5e20',
      ...brand.light,
    },
    dark: {
      ...hover,
      '--mantine-color-dimmed': colors.dark[0],
      '--mantine-color-placeholder': colors.dark[0],
      '--mantine-color-error': colors.red[3],
      ...brand.dark,
    },
  });
};
