/** Gives up on `act` after so many seconds; what it still does then is ignored. */
export const within = async <T>(seconds: number, late: () => Error, act: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(late()), seconds * 1000);
  });
  try {
    return await Promise.race([act(), deadline]);
  } finally {
    clearTimeout(timer);
  }
};
