export async function run(request) {
  await new Promise((resolve) => setTimeout(resolve, 1000 * request.seconds))
  return request.answer ?? 'late'
}
