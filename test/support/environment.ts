/** Runs `work` with variables in this process's environment, and puts those that were there back. */
export const withEnvironment = async (
  variables: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> => {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
};
