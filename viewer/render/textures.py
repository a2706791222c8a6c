"""Textures over numpy arrays: what is written into the array is on the graphics card at the next frame."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture

ScalarT = TypeVar("ScalarT", np.float32, np.uint8)


class ArrayTexture(Generic[ScalarT]):
    """A texture that shares memory with `values` (rows, texels, 4), float32 or uint8; read with texelFetch."""

    def __init__(self, values: NDArray[ScalarT]) -> None:
        rows, texels, channels = values.shape
        if channels != 4 or not values.flags.c_contiguous:
            raise ValueError(f"a texture needs a contiguous array of shape (rows, texels, 4), not {values.shape}")
        self.values = values
        self._image = vtkImageData()
        self._image.SetDimensions(texels, rows, 1)
        self._array: Any = numpy_to_vtk(values.reshape(-1, 4), deep=False)
        self._image.GetPointData().SetScalars(self._array)
        self.texture = vtkTexture()
        self.texture.SetInputData(self._image)
        self.texture.InterpolateOff()
        self.texture.MipmapOff()
        self.texture.RepeatOff()
        self.texture.SetColorModeToDirectScalars()

    def changed(self) -> None:
        """Say that values were written; the card gets them at the next frame."""
        self._array.Modified()
        self._image.Modified()
