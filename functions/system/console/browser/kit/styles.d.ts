declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
declare module '@mantine/core/styles.css';
declare module '@mantine/spotlight/styles.css';
declare module '@xyflow/react/dist/base.css';
