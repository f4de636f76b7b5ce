import asyncio


async def run(input_data, context=None):
    await asyncio.sleep(0.01)
    return {"waited": input_data}
